/// The models that are known: what the binary carries, and what further catalogue files add or replace.
public struct Catalog: Sendable {
    /// In the order of the files, each identity once.
    public let entries: [CatalogEntry]

    /// Takes the entries of one file.
    /// - Throws: `invalidCatalog` that names the entry and the field.
    public init(entries: [CatalogEntry]) throws(ModelCatalogError) {
        for entry in entries { try entry.validate() }
        try Catalog.requireUnique(entries)
        try Catalog.requireOneDefault(entries)
        try Catalog.requireOwnFiles(entries)
        self.entries = entries
    }

    /// This catalogue with the entries of a later file, which replace those of the same name and version. A default
    /// of the later file takes the place of the earlier one for the same task.
    public func merging(_ later: Catalog) throws(ModelCatalogError) -> Catalog {
        let replaced = Set(later.entries.map(\.identity))
        let defaults = Set(later.entries.flatMap(\.defaultRoles))
        let kept = entries.filter { !replaced.contains($0.identity) }.map { entry in
            var entry = entry
            if !defaults.isDisjoint(with: entry.defaultRoles) { entry.isDefault = false }
            return entry
        }
        return try Catalog(entries: kept + later.entries)
    }

    /// The entry of `name@version`; for a bare name its default version, or else its highest.
    /// - Throws: `unknownModel` that lists what there is.
    public func entry(_ reference: String) throws(ModelCatalogError) -> CatalogEntry {
        let found =
            if let identity = ModelIdentity(reference) {
                entries.first { $0.identity == identity }
            } else {
                preferredVersion(of: reference)
            }
        guard let found else { throw unknown(reference) }
        return found
    }

    /// The model that a task uses unless configuration names another.
    public func defaultEntry(for task: ModelTask, serving served: ServedTask) -> CatalogEntry? {
        defaultEntries(for: task, serving: served).first
    }

    /// The defaults of a role: one, or all that work together in an ensemble.
    public func defaultEntries(for task: ModelTask, serving served: ServedTask) -> [CatalogEntry] {
        entries.filter { $0.defaultRoles.contains(DefaultRole(task: task, served: served)) }
    }

    /// The models that may fill a role unless configuration names one, best first: the default, then the others that
    /// are free for commercial use, in the order of the catalogue.
    public func candidates(for task: ModelTask, serving served: ServedTask) -> [CatalogEntry] {
        let standard = defaultEntry(for: task, serving: served)
        let others = entries.filter { entry in
            entry.task == task && entry.serves.contains(served) && entry.licence.commercialUse
                && entry.identity != standard?.identity
        }
        return (standard.map { [$0] } ?? []) + others
    }

    public var defaults: [CatalogEntry] { entries.filter(\.isDefault) }

    private func preferredVersion(of name: String) -> CatalogEntry? {
        let versions = entries.filter { $0.name == name }
        return versions.first(where: \.isDefault) ?? versions.max { $0.identity < $1.identity }
    }

    private func unknown(_ reference: String) -> ModelCatalogError {
        let name = reference.split(separator: "@").first.map(String.init) ?? reference
        let versions = entries.filter { $0.name == name }.map(\.identity.description)
        let known = versions.isEmpty ? Set(entries.map(\.name)).sorted() : versions
        return ModelCatalogError(
            .unknownModel, "no model \(reference) in the catalogue", remedy: "known: \(known.joined(separator: ", "))")
    }
}

/// A place that one default can fill.
struct DefaultRole: Hashable {
    var task: ModelTask
    var served: ServedTask
}

extension CatalogEntry {
    /// The places that this entry fills; none unless it is a default.
    var defaultRoles: [DefaultRole] {
        isDefault ? serves.map { DefaultRole(task: task, served: $0) } : []
    }
}

extension Catalog {
    private static func requireUnique(_ entries: [CatalogEntry]) throws(ModelCatalogError) {
        var seen: Set<ModelIdentity> = []
        for entry in entries where !seen.insert(entry.identity).inserted {
            throw .invalid(entry.identity, "version", "the catalogue has this name and version twice")
        }
    }

    private static func requireOneDefault(_ entries: [CatalogEntry]) throws(ModelCatalogError) {
        var holders: [DefaultRole: ModelIdentity] = [:]
        for entry in entries {
            for role in entry.defaultRoles where !role.task.isEnsemble {
                if let other = holders.updateValue(entry.identity, forKey: role) {
                    throw .invalid(
                        entry.identity, "default",
                        "\(other) is already the default of \(role.task.rawValue) for \(role.served.rawValue)")
                }
            }
        }
    }

    /// Two models at one path would each find the other's file corrupt.
    private static func requireOwnFiles(_ entries: [CatalogEntry]) throws(ModelCatalogError) {
        var holders: [String: CatalogEntry] = [:]
        for entry in entries {
            if let other = holders.updateValue(entry, forKey: entry.file), other.sha256 != entry.sha256 {
                throw .invalid(entry.identity, "file", "is another file of \(other.identity) already")
            }
        }
    }
}
