/** A page that belongs to others. */

import { Link } from 'react-router';
import { text } from '../strings';
import { PageTitle } from './page-title';

export function NoAccess() {
  return (
    <div className="not-found">
      <PageTitle title={text.problems.forbidden}>{text.problems.forbidden}</PageTitle>
      <p>{text.noAccess.body}</p>
      <Link className="btn btn-primary" to="/">
        {text.notFound.home}
      </Link>
    </div>
  );
}
