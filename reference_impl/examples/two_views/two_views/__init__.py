"""Two views as in the README, with a page that uses them."""
