"""What lives in PostgreSQL: history, market data, users, and the recorder that writes them."""
