"""What an import reads, as pure functions: files into rows, headings into what they mean."""
