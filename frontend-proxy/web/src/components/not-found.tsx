/** The 404 page; also what is shown of things that belong to somebody else. */

import { Link } from 'react-router';
import { text } from '../strings';
import { PageTitle } from './page-title';

export function NotFound() {
  return (
    <div className="not-found">
      <PageTitle title={text.notFound.heading}>{text.notFound.heading}</PageTitle>
      <p>{text.notFound.body}</p>
      <Link className="btn btn-primary" to="/">
        {text.notFound.home}
      </Link>
    </div>
  );
}
