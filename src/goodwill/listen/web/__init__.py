"""What is read from the open web and by web APIs: pages, feeds, streams, JSON; always through the gate."""
