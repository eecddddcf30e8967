/** A product that was here once. */

import { Link } from 'react-router';
import { PageTitle } from '../components/page-title';
import { text } from '../strings';

export function Gone() {
  return (
    <div className="not-found">
      <PageTitle title={text.product.gone}>{text.product.gone}</PageTitle>
      <p>{text.product.goneBody}</p>
      <Link className="btn btn-primary" to="/">
        {text.product.home}
      </Link>
    </div>
  );
}
