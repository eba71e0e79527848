import Storage

extension Migration {
    /// Free-form metadata of inferences (decision 0019), in a table of documents or elsewhere; the row says whether there
    /// is any.
    static let metadata = Migration(
        11, "metadata",
        [
            SQLDocumentStore.table,
            .both("ALTER TABLE inferences ADD COLUMN has_metadata INTEGER NOT NULL DEFAULT 0"),
        ])
}
