"""PBoC financial base data: what a reporting institution sends to the People's Bank of China."""
