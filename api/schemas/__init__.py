"""The wire: what each JSON body holds, for the OpenAPI description and for parsing."""
