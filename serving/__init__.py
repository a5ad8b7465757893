"""A worker class for gunicorn that slow and hostile clients can't stop.

One thread per process reads all connections (``worker``, ``connection``). It passes only complete
requests (``request``) to a pool of threads, which run the WSGI application (``exchange``). The
responses to clients that read slowly wait in bounded buffers, without a thread.

This package must not import the application: gunicorn's master imports the package, and a reload
would keep the old code of everything that it imports.
"""
