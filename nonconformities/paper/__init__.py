"""The paper of a nonconformity: the record of nonconformity and corrective action (10.2.2; 7.5.3)."""
