"""What each kind of work does, whoever asks for it: the daemon's queue or a route of the API."""
