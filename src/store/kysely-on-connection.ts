import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { assert } from '../runtime/assert.ts';
import type { Connection } from './engine.ts';
import type { Tables } from './tables.ts';

/** Builds and runs queries on one connection whose transaction somebody else begins and ends. */
export function kyselyOn(connection: Connection): Kysely<Tables> {
  const driver = new SingleConnectionDriver(connection);
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new Kysely<Tables>({ dialect });
}

class SingleConnectionDriver implements Driver {
  readonly #connection: DatabaseConnection;

  constructor(connection: Connection) {
    this.#connection = {
      async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
        const { rows, affectedCount } = await connection.run(sql, parameters);
        // What the columns are is Kysely's promise, made from `Tables`.
        return { rows: rows as Row[], numAffectedRows: BigInt(affectedCount) };
      },
      streamQuery(): never {
        assert(false, 'rows are not streamed: a query says how many it wants');
      },
    };
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    assert(false, 'a transaction has begun already');
  }

  async init(): Promise<void> {
    return;
  }

  async releaseConnection(): Promise<void> {
    return;
  }

  async commitTransaction(): Promise<void> {
    assert(false, 'whoever began the transaction commits it');
  }

  async rollbackTransaction(): Promise<void> {
    assert(false, 'whoever began the transaction rolls it back');
  }

  async destroy(): Promise<void> {
    return;
  }
}
