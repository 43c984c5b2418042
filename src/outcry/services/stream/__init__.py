"""The stream: fans events out to everybody who listens over WebSocket."""
