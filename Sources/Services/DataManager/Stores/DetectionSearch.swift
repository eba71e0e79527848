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
    private let cipher: GalleryCipher
    private let filter: DetectionFilter
    private let pattern: PlateWildcards?
    private let before: PageCursor.Position?

    /// - Throws: 422 for an invalid field.
    init(_ query: DetectionQuery, opening cipher: GalleryCipher) throws(Problem) {
        try FieldRules.check(query)
        (self.query, self.cipher) = (query, cipher)
        filter = DetectionFilter(query)
        pattern = try query.plate.map(PlateWildcards.init)
        before = try query.cursor.map(PageCursor.position(in:))
        guard !query.isFuzzy || pattern?.isExact == true else {
            throw .invalid("fuzzy", "needs a plate without wildcards")
        }
    }

    func page(_ db: any SQLSession) throws -> Page<DetectionRecord> {
        switch try source(db) {
        case .none: Page(items: [], nextCursor: nil)
        case .sorted(let plates): try sorted(plates, db)
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
    }

    enum Source {
        /// Nothing can match.
        case none
        /// Few rows: gathered by this condition and sorted.
        case sorted(DetectionFilter.Condition)
        case ordered(Lead)
    }

    func source(_ db: any SQLSession) throws -> Source {
        guard let pattern else { return .ordered(try narrowest([], db)) }
        if let text = pattern.exactText, query.isFuzzy {
            return try source(column: "plate_skeleton", of: SeenPlates.skeletons(near: text, db), db)
        }
        guard let plates = try SeenPlates.plates(pattern, limit: Self.plateLimit, db) else {
            return .ordered(inTime(pattern, db))
        }
        return try source(column: "plate_key", of: plates, db)
    }

    private func source(column: String, of texts: [String], _ db: any SQLSession) throws -> Source {
        guard let first = texts.first else { return .none }
        let one = DetectionFilter.Indexed(
            column: column, index: column == "plate_key" ? "detections_plate" : "detections_skeleton", value: first)
        if texts.count == 1 { return .ordered(try narrowest([one], db)) }
        let list = DetectionFilter.Condition(
            sql: "\(column) IN (SELECT value FROM \(db.dialect.texts))",
            values: [try JSONColumn.text(texts, field: "plate")])
        let isIndexed = filter.indexed.isEmpty && filter.confidence.isEmpty
        let limit = isIndexed ? Self.sortLimit : Self.lookedUpSortLimit
        if try count([list] + filter.times, limit: limit, db) < limit { return .sorted(list) }
        return .ordered(inTime(list))
    }

    /// Plates in the order of time.
    private func inTime(_ condition: DetectionFilter.Condition) -> Lead {
        Lead(
            index: "detections_plates",
            conditions: [DetectionFilter.Condition(sql: "plate_key IS NOT NULL", values: [])] + filter.times,
            rest: [condition] + filter.indexed.map(\.condition) + filter.confidence)
    }

    private func inTime(_ pattern: PlateWildcards, _ db: any SQLSession) -> Lead {
        switch db.dialect {
        case .sqlite: inTime(DetectionFilter.Condition(sql: "plate_key GLOB ?", values: [pattern.glob]))
        case .postgres: inTime(DetectionFilter.Condition(sql: "plate_key LIKE ?", values: [pattern.like]))
        }
    }

    /// The equality that the fewest rows meet leads.
    private func narrowest(_ more: [DetectionFilter.Indexed], _ db: any SQLSession) throws -> Lead {
        let equalities = more + filter.indexed
        var best: (position: Int, count: Int)?
        if equalities.count > 1 {
            for (position, equality) in equalities.enumerated() {
                let found = try count([equality.condition] + filter.times, limit: Self.countLimit, db)
                if found < best?.count ?? .max { best = (position, found) }
            }
        }
        guard let lead = equalities.indices.contains(best?.position ?? 0) ? equalities[best?.position ?? 0] : nil else {
            return Lead(index: "detections_captured", conditions: filter.times, rest: filter.confidence)
        }
        let rest = equalities.filter { $0.column != lead.column }.map(\.condition)
        return Lead(
            index: lead.index, conditions: [lead.condition] + filter.times, rest: rest + filter.confidence)
    }

    private func count(_ conditions: [DetectionFilter.Condition], limit: Int, _ db: any SQLSession) throws -> Int {
        let rows = "SELECT 1 FROM detections\(conditions.clause) LIMIT \(limit)"
        return try db.value("SELECT count(*) FROM (\(rows)) AS rows", conditions.values) ?? 0
    }

    // MARK: Reading them

    private static let order = "ORDER BY captured_at DESC, id DESC"

    private func sorted(_ list: DetectionFilter.Condition, _ db: any SQLSession) throws -> Page<DetectionRecord> {
        let conditions =
            [list] + filter.times + filter.indexed.map(\.condition) + filter.confidence
            + Self.older(than: before)
        // The unary plus keeps SQLite from reading an index in the order of time instead.
        let order = db.dialect == .sqlite ? "ORDER BY +captured_at DESC, id DESC" : Self.order
        let ids = "SELECT id FROM detections\(conditions.clause) \(order) LIMIT ?"
        let sql = "SELECT \(DetectionRecord.columns) FROM detections WHERE id IN (\(ids)) \(order)"
        let rows = try db.rows(sql, conditions.values + [query.limit + 1])
        return try Self.page(rows.map { try DetectionRecord(row: $0, cipher) }, limit: query.limit)
    }

    private func scan(_ lead: Lead, _ db: any SQLSession) throws -> Page<DetectionRecord> {
        let end = ContinuousClock.now + Self.patience
        var (items, position): ([DetectionRecord], PageCursor.Position?) = ([], before)
        while true {
            let limit = query.limit + 1 - items.count
            let border = lead.rest.isEmpty ? nil : try border(lead, after: position, db)
            let (sql, values) = statement(lead, after: position, through: border, limit: limit, db.dialect)
            items += try db.rows(sql, values).map { try DetectionRecord(row: $0, cipher) }
            position = border
            guard items.count <= query.limit, let border else { return Self.page(items, limit: query.limit) }
            if ContinuousClock.now >= end { return Page(items: items, nextCursor: PageCursor.text(border)) }
        }
    }

    func statement(
        _ lead: Lead, after: PageCursor.Position?, through border: PageCursor.Position?, limit: Int,
        _ dialect: SQLDialect
    ) -> (sql: String, values: [any SQLConvertible]) {
        var conditions = lead.conditions + Self.older(than: after) + lead.rest
        if let border {
            conditions.append(
                DetectionFilter.Condition(
                    sql: "(captured_at, id) >= (?, ?)", values: [border.capturedAt, border.id]))
        }
        let sql = """
            SELECT \(DetectionRecord.columns) FROM detections\(dialect.indexedBy(lead.index))\(conditions.clause)
            \(Self.order) LIMIT ?
            """
        return (sql, conditions.values + [limit])
    }

    /// The last of the next `stride` rows of the index; `nil` when there are fewer.
    private func border(
        _ lead: Lead, after: PageCursor.Position?, _ db: any SQLSession
    ) throws -> PageCursor.Position? {
        let conditions = lead.conditions + Self.older(than: after)
        let sql = """
            SELECT captured_at, id FROM detections\(db.dialect.indexedBy(lead.index))\(conditions.clause)
            \(Self.order) LIMIT 1 OFFSET \(Self.stride - 1)
            """
        return try db.row(sql, conditions.values).map {
            PageCursor.Position(capturedAt: try $0.get("captured_at"), id: try $0.get("id"))
        }
    }

    private static func older(than position: PageCursor.Position?) -> [DetectionFilter.Condition] {
        position.map {
            [DetectionFilter.Condition(sql: "(captured_at, id) < (?, ?)", values: [$0.capturedAt, $0.id])]
        } ?? []
    }

    private static func page(_ items: [DetectionRecord], limit: Int) -> Page<DetectionRecord> {
        guard items.count > limit, let last = items.prefix(limit).last else {
            return Page(items: items, nextCursor: nil)
        }
        let position = PageCursor.Position(capturedAt: last.capturedAt, id: last.id)
        return Page(items: Array(items.prefix(limit)), nextCursor: PageCursor.text(position))
    }
}

extension SQLDialect {
    /// Names the index for SQLite, which has no statistics to choose by.
    fileprivate func indexedBy(_ index: String) -> String {
        switch self {
        case .sqlite: " INDEXED BY \(index)"
        case .postgres: ""
        }
    }
}
