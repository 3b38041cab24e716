"""The unprivileged bot: commands in, announcements out."""
