"""What the backend tells about itself: logs and metrics."""
