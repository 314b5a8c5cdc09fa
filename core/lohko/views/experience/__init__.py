"""What customers say: scores with their intervals, and the words that tell groups apart."""
