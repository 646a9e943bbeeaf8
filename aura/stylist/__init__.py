"""What a person wears and likes, computed: pure, data in and data out."""
