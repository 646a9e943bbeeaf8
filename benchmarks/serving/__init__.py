"""What the benchmark of the HTTP API is made of: a project, the servers, and the load."""
