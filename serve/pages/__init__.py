"""The pages, one module each. Each checks Datasette's permissions first and reads only."""
