"""The pages of nonconformities: find, bind, one verb, answer."""
