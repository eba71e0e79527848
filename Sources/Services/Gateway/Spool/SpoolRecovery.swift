import AIBoxAPI
import Logging
import NIOCore

/// Reads what an earlier process left in the spool. Blocks.
struct SpoolRecovery {
    let folder: SpoolFolder
    let index: SpoolIndex
    let logger: Logger

    /// Fills the index with what is not stored yet, sets damaged bytes aside, and deletes segments that hold nothing.
    func run() throws(FileFailure) {
        let position = folder.position()
        var drained: [UUIDv7] = []
        for segment in try folder.segments() {
            let bytes = try folder.read(segment)
            let scan = SegmentScan(bytes, segment: segment)
            let start = position?.segment == segment ? position?.offset ?? 0 : 0
            for range in scan.damaged where range.upperBound > start {
                guard let slice = bytes.getSlice(at: range.lowerBound, length: range.count) else { continue }
                try folder.setAsideDamaged(slice, from: segment, at: range.lowerBound, logger)
            }
            if let torn = scan.torn {
                logger.info(
                    "an unfinished record ends a segment of the spool; nobody was told that it is stored",
                    metadata: ["spool.segment": "\(segment)", "bytes": "\(torn.count)"])
            }
            let waiting = scan.records.filter { $0.range.lowerBound >= start }
            index.add(waiting.map { SpoolIndex.Entry(id: $0.id, segment: segment, range: $0.range) })
            if index.close(segment) { drained.append(segment) }
        }
        try folder.remove(drained)
        let records = index.status.records
        if records > 0 { logger.info("the spool goes on", metadata: ["spool.records": "\(records)"]) }
    }
}
