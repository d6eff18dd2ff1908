"""What crosses a process boundary: message models, topics, the signed envelope and the clock port. No I/O."""
