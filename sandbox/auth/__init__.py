"""`/auth/v1`: the part of Supabase Auth that the app, the daemon and the official clients call.

Password accounts, sessions with rotating refresh tokens, the service key's user administration.
E-mail is never sent: addresses count as confirmed, as in a project with autoconfirm.
"""
