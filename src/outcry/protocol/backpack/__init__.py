"""The Backpack exchange's wire format, as its clients know it."""
