"""Webhooks: a program is told when its renders end, in the manner of Standard Webhooks (standardwebhooks.com).

What is to be told is a row, written in the transaction that ends the render (``outbox``); sending it is periodic work
(``sending``), so no job waits for a receiver.
"""
