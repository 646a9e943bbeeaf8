"""`/storage/v1`: the part of Supabase Storage that the app, the daemon and the official clients call.

Files lie on disk under random names; what a path means and who may do what with it is decided by
rows of storage.objects, read and written in the caller's own role, so that the project's real
policies are the wall. Image transformations and resumable or signed uploads are not here.
"""
