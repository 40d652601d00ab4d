"""Takes over a site whose DocTypes are laid out as those of the earlier app of the same name.

`layout` knows the earlier tables, `links`, `mappings`, `documents` and `failures` carry over what is in them, `conditions`
translates conditions that were Python, `notes` keeps what a person has to do, `joining` renews the links once both sites
have come over. Nothing of it talks to another site but `joining`.
"""
