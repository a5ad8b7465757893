"""Blinker signals of the bridge. The sender is the Flask application.

===================  ================================  ==========================================
signal               arguments                         sent
===================  ================================  ==========================================
keys_refreshed       ``kids``                          after each successful fetch
keys_rotated         ``added``, ``removed``            after a fetch that changed the set of kids
keys_refresh_failed  ``error``: ``IssuerError``        after each failed fetch
token_refused        ``refusal``: ``Refusal``          when a guard refuses a request
===================  ================================  ==========================================

The first three signals also have the argument ``prefix``, the prefix of the issuer's settings. They
are sent from a background thread without an application context. An exception in their receivers
is logged.
"""

from blinker import Namespace

_namespace = Namespace()

keys_refreshed = _namespace.signal("keys-refreshed")
keys_rotated = _namespace.signal("keys-rotated")
keys_refresh_failed = _namespace.signal("keys-refresh-failed")
token_refused = _namespace.signal("token-refused")
