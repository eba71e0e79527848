/// Who may do what; each role may do all that the later ones may (contract table "Roles").
public enum Role: String, Codable, Hashable, Sendable, CaseIterable {
    case admin, `operator`, analyst, viewer
}

/// `POST /auth/login`.
public struct LoginRequest: Codable, Sendable {
    public var username: String
    public var password: String

    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }
}

/// The answer of `POST /auth/login` and `POST /auth/refresh`.
public struct LoginAnswer: Codable, Sendable {
    public var accessToken: String
    public var refreshToken: String
    public var tokenType: String
    /// Seconds that the access token is good for.
    public var expiresIn: Int
    public var user: User

    public init(accessToken: String, refreshToken: String, expiresIn: Int, user: User) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        tokenType = "bearer"
        self.expiresIn = expiresIn
        self.user = user
    }

    enum CodingKeys: String, CodingKey {
        case user
        case accessToken = "access_token"
        case refreshToken = "refresh_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
    }
}

/// `POST /auth/password`.
public struct PasswordChange: Codable, Sendable {
    public var currentPassword: String
    /// 8 to 1024 bytes, another one than the present.
    public var newPassword: String

    public init(currentPassword: String, newPassword: String) {
        self.currentPassword = currentPassword
        self.newPassword = newPassword
    }

    enum CodingKeys: String, CodingKey {
        case currentPassword = "current_password"
        case newPassword = "new_password"
    }
}

/// A user as others may see it.
public struct User: Codable, Hashable, Sendable {
    public var id: UUIDv7
    public var username: String
    public var role: Role
    public var email: String?
    public var fullName: String?
    /// True while the password is one that was printed for the first login or by a reset.
    public var mustChangePassword: Bool
    public var createdAt: Timestamp

    public init(
        id: UUIDv7, username: String, role: Role, email: String? = nil, fullName: String? = nil,
        mustChangePassword: Bool, createdAt: Timestamp
    ) {
        self.id = id
        self.username = username
        self.role = role
        self.email = email
        self.fullName = fullName
        self.mustChangePassword = mustChangePassword
        self.createdAt = createdAt
    }

    enum CodingKeys: String, CodingKey {
        case id, username, role, email
        case fullName = "full_name"
        case mustChangePassword = "must_change_password"
        case createdAt = "created_at"
    }
}
