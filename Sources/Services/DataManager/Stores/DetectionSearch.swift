import AIBoxAPI
import Storage
import Vision

/// Finds a page of detections, newest capture first, in a bounded time however many there are.
///
/// Rows come from one index in the order of the page, so that nothing is sorted; the other conditions are looked at row
/// by row. Which index leads is not left to a planner, which has no statistics in SQLite: it is the one whose condition
/// the fewest rows meet, counted up to a bound. When matches are so rare that many rows would have to be passed over, the
/// page ends early with what it has, and its cursor goes on from there: a page may hold fewer rows than its limit, even
/// none, while there is a next one.
struct DetectionSearch: Sendable {
    /// Rows of one index that are counted at most, to find the narrowest.
    static let countLimit = 2000
    /// Detections of the plates that match a pattern are sorted up to so many; beyond they are dense enough to be met in
    /// the order of time.
    static let sortLimit = 20_000
    /// The same where each has to be looked up for another condition, which its index does not answer.
    static let lookedUpSortLimit = 1000
    /// Plates that may match a pattern.
    static let plateLimit = 5000
    /// Rows that are passed over between two looks at the clock.
    static let stride = 2500
    /// After this time a page ends with what it has.
    static let patience = Duration.milliseconds(25)

    let query: DetectionQuery
    /// Opens the names of the persons.
    let cipher: GalleryCipher
    let filter: DetectionFilter
    private let pattern: PlateWildcards?
    let before: PageCursor.Position?

    /// - Throws: 422 for an invalid field.
    init(_ query: DetectionQuery, opening cipher: GalleryCipher) throws(Problem) {
        try FieldRules.check(query)
        (self.query, self.cipher) = (query, cipher)
        filter = DetectionFilter(query, cipher.plates)
        pattern = try query.plate.map(PlateWildcards.init)
        before = try query.cursor.map(PageCursor.position(in:))
        guard !query.isFuzzy || pattern?.isExact == true else {
            throw .invalid("fuzzy", "needs a plate without wildcards")
        }
    }

    func page(_ db: any SQLSession) throws -> Page<DetectionRecord> {
        switch try source(db) {
        case .none: Page(items: [], nextCursor: nil)
        case .sorted(let plates, let index): try sorted([plates] + filter.all, by: index, db)
        case .ordered(let lead): try scan(lead, db)
        }
    }

    // MARK: Where rows come from

    /// An index and the conditions that it answers.
    struct Lead: Sendable {
        let index: String
        let conditions: [DetectionFilter.Condition]
        /// Those that are looked at row by row.
        let rest: [DetectionFilter.Condition]
        /// What the plates are to be compared with besides, once they are opened.
        var pattern: PlateWildcards?
    }

    enum Source {
        /// Nothing can match.
        case none
        /// Few rows: gathered by this condition from an index and sorted.
        case sorted(DetectionFilter.Condition, index: String)
        case ordered(Lead)
    }

    func source(_ db: any SQLSession) throws -> Source {
        guard let pattern else { return .ordered(try narrowest([], db)) }
        let plates = try SeenPlates(cipher.plates, db)
        if let text = pattern.exactText, query.isFuzzy {
            return try source(column: "plate_skeleton", of: plates.skeletons(near: text, db), db)
        }
        guard let keys = try plates.keys(pattern, limit: Self.plateLimit, db) else {
            let (condition, isExact) = plates.condition(pattern, db.dialect)
            return .ordered(inTime(condition, isExact ? nil : pattern))
        }
        return try source(column: "plate_key", of: keys, db)
    }

    private func source(column: String, of texts: [String], _ db: any SQLSession) throws -> Source {
        guard let first = texts.first else { return .none }
        let index = column == "plate_key" ? "detections_plate" : "detections_skeleton"
        let one = DetectionFilter.Indexed(column: column, index: index, values: [first])
        if texts.count == 1 { return .ordered(try narrowest([one], db)) }
        let list = try Self.condition(column, texts, db.dialect)
        let isIndexed = filter.indexed.isEmpty && filter.confidence.isEmpty
        let limit = isIndexed ? Self.sortLimit : Self.lookedUpSortLimit
        if try count([list] + filter.times, of: index, limit: limit, db) < limit { return .sorted(list, index: index) }
        return .ordered(inTime(list))
    }

    /// Plates in the order of time.
    private func inTime(_ condition: DetectionFilter.Condition, _ pattern: PlateWildcards? = nil) -> Lead {
        Lead(
            index: "detections_plates",
            conditions: [DetectionFilter.Condition(sql: "plate_key IS NOT NULL", values: [])] + filter.times,
            rest: [condition] + filter.indexed.map(\.condition) + filter.confidence, pattern: pattern)
    }

    /// The equality that the fewest rows meet leads.
    private func narrowest(_ more: [DetectionFilter.Indexed], _ db: any SQLSession) throws -> Lead {
        let equalities = try more + filter.indexed.map { try $0.narrowed(db) }
        let leading = equalities.filter { $0.values.count == 1 }
        var best: (lead: DetectionFilter.Indexed, count: Int)?
        for lead in leading {
            let conditions = [lead.condition] + filter.times
            let isCounted = leading.count > 1
            let found = isCounted ? try count(conditions, of: lead.index, limit: Self.countLimit, db) : 0
            if found < best?.count ?? .max { best = (lead, found) }
        }
        let rest = equalities.filter { $0.column != best?.lead.column }.map(\.condition) + filter.confidence
        return Lead(
            index: best?.lead.index ?? "detections_captured",
            conditions: (best.map { [$0.lead.condition] } ?? []) + filter.times, rest: rest)
    }

    func count(
        _ conditions: [DetectionFilter.Condition], of index: String, limit: Int, _ db: any SQLSession
    ) throws -> Int {
        let rows = "SELECT 1 FROM detections\(db.dialect.indexedBy(index))\(conditions.clause) LIMIT \(limit)"
        return try db.value("SELECT count(*) FROM (\(rows)) AS rows", conditions.values) ?? 0
    }

    // MARK: Reading them

    static let order = "ORDER BY captured_at DESC, id DESC"

    /// The unary plus keeps SQLite from reading an index in the order of time.
    static func unindexedOrder(_ dialect: SQLDialect) -> String {
        dialect == .sqlite ? "ORDER BY +captured_at DESC, id DESC" : order
    }

    func sorted(
        _ all: [DetectionFilter.Condition], by index: String, _ db: any SQLSession
    ) throws -> Page<DetectionRecord> {
        let conditions = all + Self.between(before, nil)
        let matches = "detections\(db.dialect.indexedBy(index))\(conditions.clause)"
        let order = Self.unindexedOrder(db.dialect)
        let ids = "SELECT id FROM \(matches) \(order) LIMIT ?"
        let sql = "SELECT \(DetectionRecord.columns) FROM detections WHERE id IN (\(ids)) \(order)"
        let rows = try db.rows(sql, conditions.values + [query.limit + 1])
        return try Self.page(rows.map { try DetectionRecord(row: $0, cipher) }, limit: query.limit)
    }

    private func scan(_ lead: Lead, _ db: any SQLSession) throws -> Page<DetectionRecord> {
        let end = ContinuousClock.now + Self.patience
        var (items, position): ([DetectionRecord], PageCursor.Position?) = ([], before)
        while true {
            let limit = query.limit + 1 - items.count
            let border = lead.rest.isEmpty ? nil : try border(lead, after: position, stride: Self.stride, db)
            let (sql, values) = try statement(lead, after: position, through: border, limit: limit, db)
            items += try db.rows(sql, values).map { try DetectionRecord(row: $0, cipher) }
            position = border
            guard items.count <= query.limit, let border else { return Self.page(items, limit: query.limit) }
            if ContinuousClock.now >= end { return Page(items: items, nextCursor: PageCursor.text(border)) }
        }
    }

    func statement(
        _ lead: Lead, after: PageCursor.Position?, through border: PageCursor.Position?, limit: Int,
        _ db: any SQLSession, columns: String = DetectionRecord.columns
    ) throws -> (sql: String, values: [any SQLConvertible]) {
        var conditions = lead.conditions + Self.between(after, border) + lead.rest
        conditions += try opened(lead, conditions, by: lead.index, db)
        let sql = """
            SELECT \(columns) FROM detections\(db.dialect.indexedBy(lead.index))\(conditions.clause)
            \(Self.order) LIMIT ?
            """
        return (sql, conditions.values + [limit])
    }

    /// Opens the plates of the rows that meet `conditions`, where that has to be done, and says which of them match.
    func opened(
        _ lead: Lead, _ conditions: [DetectionFilter.Condition], by index: String, _ db: any SQLSession
    ) throws -> [DetectionFilter.Condition] {
        guard let pattern = lead.pattern else { return [] }
        let keys: [String] = try db.values(
            "SELECT DISTINCT plate_key FROM detections\(db.dialect.indexedBy(index))\(conditions.clause)",
            conditions.values)
        let matching = try SeenPlates(cipher.plates, db).matching(pattern, in: keys, db)
        return [try Self.condition("plate_key", matching, db.dialect)]
    }

    /// The last of the next `stride` rows of the index; `nil` when there are fewer.
    func border(
        _ lead: Lead, after: PageCursor.Position?, stride: Int, _ db: any SQLSession
    ) throws -> PageCursor.Position? {
        let conditions = lead.conditions + Self.between(after, nil)
        let sql = """
            SELECT captured_at, id FROM detections\(db.dialect.indexedBy(lead.index))\(conditions.clause)
            \(Self.order) LIMIT 1 OFFSET \(stride - 1)
            """
        return try db.row(sql, conditions.values).map {
            PageCursor.Position(capturedAt: try $0.get("captured_at"), id: try $0.get("id"))
        }
    }

    /// Older than one place, and no older than the other.
    static func between(
        _ newer: PageCursor.Position?, _ oldest: PageCursor.Position?
    ) -> [DetectionFilter.Condition] {
        [(newer, "<"), (oldest, ">=")].compactMap { position, relation in
            position.map {
                DetectionFilter.Condition(sql: "(captured_at, id) \(relation) (?, ?)", values: [$0.capturedAt, $0.id])
            }
        }
    }

    private static func condition(
        _ column: String, _ texts: [String], _ dialect: SQLDialect
    ) throws -> DetectionFilter.Condition {
        DetectionFilter.Condition(
            sql: "\(column) IN (SELECT value FROM \(dialect.texts))", values: [try SQLDialect.list(texts)])
    }

    static func page(_ items: [DetectionRecord], limit: Int) -> Page<DetectionRecord> {
        guard items.count > limit, let last = items.prefix(limit).last else {
            return Page(items: items, nextCursor: nil)
        }
        let position = PageCursor.Position(capturedAt: last.capturedAt, id: last.id)
        return Page(items: Array(items.prefix(limit)), nextCursor: PageCursor.text(position))
    }
}

extension SQLDialect {
    /// Names the index for SQLite, which has no statistics to choose by.
    func indexedBy(_ index: String) -> String {
        switch self {
        case .sqlite: " INDEXED BY \(index)"
        case .postgres: ""
        }
    }
}
