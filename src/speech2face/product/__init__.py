"""What people use: answers to single voices, the model bundle, the page, the audit."""
