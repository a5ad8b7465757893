"""What can be listened to; the sender is the Flask application.

===================  ================================  ==========================================
signal               arguments                         sent
===================  ================================  ==========================================
keys_refreshed       ``kids``                          after each successful fetch
keys_rotated         ``added``, ``removed``            when that brought other kids than before
keys_refresh_failed  ``error``: ``IssuerError``        after each failed fetch
token_refused        ``refusal``: ``Refusal``          when a guard turns a request away
===================  ================================  ==========================================

The first three come with ``prefix``, that of the issuer's settings, from a thread of their own,
without an application context. What a receiver raises there is logged.
"""

from blinker import Namespace

_namespace = Namespace()

keys_refreshed = _namespace.signal("keys-refreshed")
keys_rotated = _namespace.signal("keys-rotated")
keys_refresh_failed = _namespace.signal("keys-refresh-failed")
token_refused = _namespace.signal("token-refused")
