"""Master data: parties, places and products as their organizations describe them."""
