"""The README's two views with a page that uses them."""
