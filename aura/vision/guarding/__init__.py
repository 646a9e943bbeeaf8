"""What stands between the work and a service that charges, throttles and fails: how many at a time, and when."""
