"""Photos before anybody looks at them: which one a URL means, and how its bytes are fetched safely."""
