"""What is handed over on paper. A document is a frozen struct, made by a pure function from what its viewer may see.

`known` gathers it from `application.readings`: there is no second way to see. A document is made while its language is
spoken, so the words in it are in that language; its template, `templates/paper/<name>.html`, only lays them out.

What is for the person is plain, in the person's language, and says nothing that could harm if somebody else read it:
no flags, no opinions, no screens, no health unless the person's own plan says it. What is for a worker names what is
hidden from this viewer, and whom to ask.
"""
