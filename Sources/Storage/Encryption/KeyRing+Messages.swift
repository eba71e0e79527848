extension KeyRing {
    /// What seals and opens the messages of a store that knows nothing of keys, such as a spool.
    ///
    /// - Parameter kind: what they are; a message of another kind does not open.
    public func messages(
        _ kind: String
    ) -> (
        seal: @Sendable ([UInt8]) throws(StorageError) -> [UInt8],
        open: @Sendable ([UInt8]) throws(StorageError) -> [UInt8]
    ) {
        let context = SealContext.item(kind, [])
        return (
            { (bytes) throws(StorageError) in try SealedValue.seal(bytes, context, with: self) },
            { (bytes) throws(StorageError) in try SealedValue.open(bytes, context, with: self) }
        )
    }
}
