"""What is kept. The tables of facts are made from `goodwill.facts`, so they cannot drift from it."""
