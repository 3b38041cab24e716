"""Chat platforms behind one interface (`adapters.base`)."""
