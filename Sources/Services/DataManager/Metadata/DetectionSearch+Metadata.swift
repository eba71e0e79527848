import AIBoxAPI
import Storage

/// The parts of a search in which the metadata decides what matches.
extension DetectionSearch {
    /// Detections that are looked at in one go, of at most as many inferences.
    static let stretchLength = DocumentLimits.page - 1
    /// Detections of given inferences that are sorted at most.
    static let gatheredLimit = 5000

    /// Detections in the order of the page, as far as has to be known to pass them over.
    struct Stretch: Sendable {
        var items: [(id: UUIDv7, inferenceID: UUIDv7)]
        /// Where the next one begins; `nil`: this was the last.
        var end: PageCursor.Position?
    }

    /// A page of the detections of some inferences; `nil` when they have too many to sort.
    func page(of inferences: [UUIDv7], _ db: any SQLSession) throws -> Page<DetectionRecord>? {
        let index = "detections_inference"
        let list = Self.list("inference_id", inferences)
        let limit = Self.gatheredLimit
        guard try count([list] + filter.times, of: index, limit: limit, db) < limit else { return nil }
        switch try source(db) {
        case .none: return Page(items: [], nextCursor: nil)
        case .sorted(let plates, _): return try sorted([list, plates] + filter.all, by: index, db)
        case .ordered(let lead):
            let conditions = [list] + lead.conditions + lead.rest
            return try sorted(conditions + opened(lead, conditions, by: index, db), by: index, db)
        }
    }

    /// The next detections of a source.
    func stretch(of source: Source, after position: PageCursor.Position?, _ db: any SQLSession) throws -> Stretch {
        let columns = "id, inference_id, captured_at"
        let limit = Self.stretchLength
        switch source {
        case .none: return Stretch(items: [], end: nil)
        case .sorted(let plates, let index):
            let conditions = [plates] + filter.all + Self.between(position, nil)
            let sql = """
                SELECT \(columns) FROM detections\(db.dialect.indexedBy(index))\(conditions.clause)
                \(Self.unindexedOrder(db.dialect)) LIMIT ?
                """
            return try Stretch(db.rows(sql, conditions.values + [limit]), full: limit)
        case .ordered(let lead):
            let border = lead.rest.isEmpty ? nil : try border(lead, after: position, stride: limit, db)
            let (sql, values) = try statement(
                lead, after: position, through: border, limit: limit, db, columns: columns)
            let rows = try db.rows(sql, values)
            if lead.rest.isEmpty { return try Stretch(rows, full: limit) }
            return Stretch(items: try rows.map(Stretch.item), end: border)
        }
    }

    /// The detections with these identifiers, which are in the order of the page.
    func page(
        of ids: [UUIDv7], endingAt end: PageCursor.Position?, _ db: any SQLSession
    ) throws -> Page<DetectionRecord> {
        if ids.isEmpty { return Page(items: [], nextCursor: end.map(PageCursor.text)) }
        let list = Self.list("id", ids)
        let sql = "SELECT \(DetectionRecord.columns) FROM detections\([list].clause) \(Self.order)"
        let items = try db.rows(sql, list.values).map { try DetectionRecord(row: $0, cipher) }
        if items.count > query.limit { return Self.page(items, limit: query.limit) }
        return Page(items: items, nextCursor: end.map(PageCursor.text))
    }

    /// Filled up with the last one, so that there are few texts.
    private static func list(_ column: String, _ ids: [UUIDv7]) -> DetectionFilter.Condition {
        let size = [10, 100].first { ids.count <= $0 } ?? stretchLength
        let padded = ids + Array(repeating: ids[ids.count - 1], count: max(0, size - ids.count))
        let places = Array(repeating: "?", count: padded.count).joined(separator: ", ")
        return DetectionFilter.Condition(sql: "\(column) IN (\(places))", values: padded)
    }
}

extension DetectionSearch.Stretch {
    /// There are more when there are as many as were asked for.
    fileprivate init(_ rows: [SQLRow], full limit: Int) throws {
        let last = rows.count < limit ? nil : rows.last
        let end = try last.map { PageCursor.Position(capturedAt: try $0.get("captured_at"), id: try $0.get("id")) }
        self.init(items: try rows.map(Self.item), end: end)
    }

    fileprivate static func item(_ row: SQLRow) throws -> (id: UUIDv7, inferenceID: UUIDv7) {
        (try row.get("id"), try row.get("inference_id"))
    }
}
