"""Between objects and bytes: pure translation, both ways."""
