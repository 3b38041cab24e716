"""The treasurer's note: was the shop closed when it had to be, and what did that not stop.

    week      which windows belong to which week          pure
    closings  planned and real edges, from the journal    pure
    locks     people's locks, from the journal            pure
    proof     what the probes saw                         pure
    access    where pretix is, and the token
    errors    what can go wrong when it is asked
    pretix    the client of its REST API
    answers   its JSON, checked at the door               pure
    books     what happened inside the windows            pure but for asking
    totals    sums of that                                pure
    gather    all of it together
    due       which windows need a note now                pure
    keeper    makes it after each window
    table     as CSV                                      pure
    asjson    as JSON                                     pure
    command   the subcommand `report`

The words of the note are in `bot.messages.note`.
"""
