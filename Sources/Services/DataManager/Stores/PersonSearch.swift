import AIBoxAPI
import Foundation
import Storage

/// Finds a page of persons, newest first.
///
/// Names that are sealed cannot be compared by the database: they are opened in the order of the page until it is full.
/// That costs some 20 µs a person, so a search that finds little ends after `patience` with what it has, and its cursor
/// goes on from there: a page may hold fewer persons than its limit, even none, while there is a next one.
struct PersonSearch {
    /// Persons that are opened between two looks at the clock.
    static let stride = 500
    static let patience = Duration.milliseconds(500)

    let query: PersonQuery
    /// The last one of the page before.
    let before: UUIDv7?
    let cipher: GalleryCipher

    func page(_ db: any SQLSession) throws -> Page<Person> {
        let prefix = query.name.map { Data(PersonText.folded($0).utf8) } ?? Data()
        if cipher.isOn, !prefix.isEmpty { return try scan(prefix, db) }
        let rows = try rows(before, prefix: prefix, limit: query.limit + 1, db)
        let hasMore = rows.count > query.limit
        let shown = rows.prefix(query.limit)
        let cursor = hasMore ? try shown.last.map { PageCursor.text(try $0.get("id")) } : nil
        return Page(items: try shown.compactMap(person(in:)), nextCursor: cursor)
    }

    private func scan(_ prefix: Data, _ db: any SQLSession) throws -> Page<Person> {
        let end = ContinuousClock.now + Self.patience
        var (found, position): ([Person], UUIDv7?) = ([], before)
        while true {
            let rows = try rows(position, prefix: Data(), limit: Self.stride, db)
            for row in rows {
                guard let person = try person(in: row), Self.begins(person.name, with: prefix) else { continue }
                if found.count == query.limit {
                    return Page(items: found, nextCursor: found.last.map { PageCursor.text($0.id) })
                }
                found.append(person)
            }
            guard let last = rows.last, rows.count == Self.stride else { return Page(items: found, nextCursor: nil) }
            let reached: UUIDv7 = try last.get("id")
            if ContinuousClock.now >= end { return Page(items: found, nextCursor: PageCursor.text(reached)) }
            position = reached
        }
    }

    private static func begins(_ name: String, with prefix: Data) -> Bool {
        PersonText.folded(name).utf8.starts(with: prefix)
    }

    private func person(in row: SQLRow) throws -> Person? {
        guard let person = try Person(row: row, cipher) else { return nil }
        if let externalID = query.externalID, !person.hasKey(externalID) { return nil }
        return person
    }

    /// - Parameter prefix: of the folded name, where it is plain; empty for any.
    private func rows(_ before: UUIDv7?, prefix: Data, limit: Int, _ db: any SQLSession) throws -> [SQLRow] {
        var (conditions, arguments): ([String], [any SQLConvertible]) = ([], [])
        if let before {
            conditions.append("p.id < ?")
            arguments.append(before)
        }
        if let externalID = query.externalID {
            conditions.append("p.external_hash IN (?, ?)")
            arguments += cipher.hashes(externalID) as [any SQLConvertible]
        }
        if !prefix.isEmpty {
            conditions.append("substr(s.content, 1, \(prefix.count)) = ?")
            arguments.append(prefix)
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try db.rows("\(Person.select(db)) \(filter) ORDER BY p.id DESC LIMIT ?", arguments + [limit])
    }
}
