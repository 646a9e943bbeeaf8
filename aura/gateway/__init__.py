"""The only way to the Supabase project's data: PostgREST through the official client, as one identity a call."""
