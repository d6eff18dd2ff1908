"""The one place where something is read or done: takes the acting principal, checks access, one transaction each."""
