import Storage

extension Migration {
    /// Plates can be sealed: `sealed` holds what the other columns then do not (`PlateColumns`, `PlateIndex`,
    /// `KnownPlate`), and tokens stand in `label`, `plate_key`, `plate_skeleton`, `plates`, `plate_suffixes` and
    /// `normalized`.
    ///
    /// Where all was sealed already, plates that there are have yet to be.
    static let sealedPlates = Migration(
        12, "sealed-plates",
        [
            .both(
                """
                ALTER TABLE detections ADD COLUMN sealed BYTES;
                ALTER TABLE plates ADD COLUMN sealed BYTES;
                ALTER TABLE known_plates ADD COLUMN sealed BYTES;
                UPDATE key_store SET is_sealed = 0
                    WHERE EXISTS (SELECT 1 FROM detections WHERE task = 'plates' OR plate_key IS NOT NULL)
                        OR EXISTS (SELECT 1 FROM plates) OR EXISTS (SELECT 1 FROM known_plates)
                """)
        ])
}
