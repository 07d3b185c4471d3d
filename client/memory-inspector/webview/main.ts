/** The memory inspector's page. */
import "./inspector.js";
