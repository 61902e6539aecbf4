"""What every page shares: layout, sign-in, the session's actor, headers, errors, assets."""
