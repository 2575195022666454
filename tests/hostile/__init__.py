"""Files that mean harm: generators of every kind, seeded mutations, and what each must end in.

    kinds       name → bytes, for each container
    mutations   a good file changed at random, by a seed
    opening     one file through a sandboxed child: a result, a clean error, or a finding
    __main__    ``make fuzz``: mutations for an hour; each finding is kept

A finding is whatever is neither a result nor an error of ours in plain words: a traceback, a death, a hang, a
connection.
"""
