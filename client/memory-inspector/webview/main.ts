/** The memory inspector's page. */
