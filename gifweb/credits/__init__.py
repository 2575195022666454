"""Credits: the ledger with its holds, plans, vouchers and top-ups.

The public functions are in ``ledger``. This app knows accounts, but neither renders nor projects.
"""
