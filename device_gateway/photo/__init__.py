"""The picture at the blow, where the plan asks for one: from a camera or the client's phone, and sealed at once."""
