"""What is the playground's own: sites, processes, and the answer to calls for parts that it leaves out."""
