"""Clinical documents (HL7 CDA R2, French CI-SIS): header to metadata, safe display, synthetic documents."""
